// The room Etcd.
