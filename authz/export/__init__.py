"""What people take away with them: everything about them, in forms that other systems read."""
