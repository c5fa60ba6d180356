"""Who may ask: services, what they must show (their sheets), and their OAuth clients."""
