"""Pages of the volunteer: joining, the profile, the hours one writes down oneself."""
