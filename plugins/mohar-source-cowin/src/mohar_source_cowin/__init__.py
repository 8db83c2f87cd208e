"""Read the certify messages of Co-WIN, in DIVOC's three versions."""
