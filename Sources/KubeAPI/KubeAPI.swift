// The room KubeAPI.
