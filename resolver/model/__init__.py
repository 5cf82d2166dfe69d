"""The Fellegi-Sunter model: estimated without labels, frozen, explained."""
