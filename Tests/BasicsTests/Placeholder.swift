// Tests of the room Basics.
