// Tests of the room HTTP.
