"""The whole story on one machine: invented people, invented services, loopback only."""
