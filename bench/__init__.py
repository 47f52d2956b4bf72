"""量一量: what pages, plates, imports and lists cost. Aims, never assertions in tests."""
