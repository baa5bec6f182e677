"""How many people: counted for somebody at a page, at once from a sample, then exactly."""
