"""Values as pictures: every view gives Rich renderables and prints nothing; text is shown, never read as markup."""
