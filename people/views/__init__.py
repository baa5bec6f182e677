"""Pages of people: the list, one person, the catalogue of names, imports."""
