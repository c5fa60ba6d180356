"""What people ask the authority to look into: a line they do not recognise, or a service."""
