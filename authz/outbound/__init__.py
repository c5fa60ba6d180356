"""The one way out: HTTP to addresses that others name, guarded."""
