"""What people are told without having done anything: what ends, what lies unused, who came by."""
