// Tests of the room KubeAPI.
