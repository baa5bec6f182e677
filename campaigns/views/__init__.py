"""The pages of campaigns: the list, the editor, its previews, and what changes a campaign's state."""
