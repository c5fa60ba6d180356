"""Who is there: patients, the accounts that act for them, and sign-in sessions."""
