"""The web server's front: takes requests in while they come, and lets Django answer whole ones in its threads."""
