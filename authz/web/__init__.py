"""What every HTTP answer of ours shares: limits, headers, sessions, languages, error pages."""
