// Tests of the room Etcd.
