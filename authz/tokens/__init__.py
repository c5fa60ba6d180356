"""Everything short-lived that we hand out: pushed requests, codes, tokens; and how each ends."""
