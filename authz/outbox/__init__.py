"""Messages to the outside, written in the transaction that causes them, delivered afterwards."""
