// The room ControlPlane.
