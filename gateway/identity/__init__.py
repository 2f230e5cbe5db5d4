"""Who you are: accounts, passwords, sessions, tokens and the keys that sign them."""
