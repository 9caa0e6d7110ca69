// Tests of the room ControlPlane.
