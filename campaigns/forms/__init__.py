"""What the pages of campaigns read from a request."""
