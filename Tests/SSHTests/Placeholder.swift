// Tests of the room SSH.
