// Tests of the room ClusterFiles.
