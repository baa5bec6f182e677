"""Live segments: rules about what a person does now, looked at event by event as they come."""
