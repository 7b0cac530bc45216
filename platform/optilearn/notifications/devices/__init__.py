"""The devices that people get pushes on."""
