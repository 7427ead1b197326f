"""What is known, as one reader may be told of it: briefs, packs, weeklies and reports ask here."""
