"""What the law makes public (LOTAIP, Art. 19): from approved plans only, the same month in the same bytes."""
