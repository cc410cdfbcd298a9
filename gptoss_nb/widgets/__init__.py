"""What a person sees of a reply: while it comes, and what stays in the saved notebook. Model text is hostile input here."""
