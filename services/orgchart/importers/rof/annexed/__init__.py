"""What is not Art. 10: posts (3), general items (11), provinces (12), competences (13, 14), dispositions."""
