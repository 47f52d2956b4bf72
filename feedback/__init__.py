"""户廉码: a code on every household's door, and an honest loop behind it. The floor plan is in docs/."""
