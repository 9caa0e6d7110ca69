// Tests of the room Transition.
