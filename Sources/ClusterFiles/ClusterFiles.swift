// The room ClusterFiles.
