// Tests follow with the sources.
