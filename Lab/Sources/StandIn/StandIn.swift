/// A stand-in for kube-apiserver over a real etcd.
