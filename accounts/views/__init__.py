"""Pages of the settings area, one topic a file."""
