print("kube-apiserver-standin")
