#!/bin/bash
# Process 1 of a node. It runs in fresh mount, network, PID, UTS and IPC namespaces, so that all
# it makes (mounts, interfaces, processes) goes with it when it is killed.
#
# Everything a node writes is in one tmpfs; of the host it sees /usr, read-only and without
# /usr/local, the kernel's file systems, and a few files of /etc.
#
# Environment: LAB_NODE_DIR (folder of this node on the host), LAB_NODE_NAME, LAB_NODE_ADDRESS
# (with prefix length), LAB_NODE_CGROUP (parent of the containers' cgroups), LAB_NODE_RUNTIME
# (docker, or kubeadm or minikube for static pods), LAB_KUBELET_DIR (what a kubelet needs of
# /usr/local).
set -euo pipefail

# /proc is still the host's, so this is the number by which the host knows this process.
read -r host_pid _ </proc/self/stat
echo "$host_pid" >"$LAB_NODE_DIR/init.pid.new"
mv "$LAB_NODE_DIR/init.pid.new" "$LAB_NODE_DIR/init.pid"

# Descriptors inherited from whoever started the lab would keep its pipes open for ever.
for descriptor in /proc/self/fd/*; do
    number=${descriptor##*/}
    if ((number > 2 && number != 255)); then eval "exec $number>&-"; fi
done

make_root() {
    local root=$1 link
    mount -t tmpfs -o mode=755 lab-node "$root"
    cp -a "$LAB_NODE_DIR/seed/." "$root/"
    cd "$root"
    mkdir -p usr etc proc sys dev run home opt var/lib var/log var/tmp tmp
    if [[ $LAB_NODE_RUNTIME == docker ]]; then mkdir -p opt/rke var/lib/docker var/lib/etcd; fi
    chmod 1777 tmp var/tmp
    ln -s /run var/run
    for link in bin sbin lib lib32 lib64 libx32; do
        if [[ -L /$link ]]; then
            cp -a "/$link" "$link"
        elif [[ -d /$link ]]; then
            mkdir "$link"
            mount --bind "/$link" "$link"
        fi
    done
    for link in alternatives ld.so.cache ld.so.conf ld.so.conf.d nsswitch.conf login.defs \
        security protocols services localtime ssl/openssl.cnf; do
        if [[ -e /etc/$link ]]; then
            mkdir -p "etc/$(dirname "$link")"
            cp -a "/etc/$link" "etc/$(dirname "$link")/"
        fi
    done
    if [[ $LAB_NODE_RUNTIME == docker ]]; then
        mount --bind /usr usr
        mount -o remount,bind,ro usr
    else
        mount_usr_without_docker
    fi
    # What the host has there may shadow Debian's programs.
    mount -t tmpfs -o mode=755 lab-node usr/local
    if [[ $LAB_NODE_RUNTIME != docker ]]; then prepare_for_static_pods; fi
    mount -t proc proc proc
    mount --rbind /sys sys
    mount --rbind /dev dev
    mkdir .host
    pivot_root . .host
    cd /
    umount -l /.host
    rmdir /.host
}

# In the root that is being made. What a host has of Docker isn't there for the node.
mount_usr_without_docker() {
    local hidden
    mkdir .usr
    mount -t tmpfs lab-node .usr
    mkdir .usr/upper .usr/work
    mount -t overlay -o lowerdir=/usr,upperdir=.usr/upper,workdir=.usr/work lab-node usr
    for hidden in docker dockerd docker-init docker-proxy containerd containerd-shim \
        containerd-shim-runc-v1 containerd-shim-runc-v2 ctr runc; do
        rm -f "usr/bin/$hidden" "usr/sbin/$hidden"
    done
    mount -o remount,ro usr
    umount -l .usr
    rmdir .usr
}

prepare_for_static_pods() {
    cp -a "$LAB_KUBELET_DIR/." usr/local/
    mkdir -p usr/local/share/ca-certificates etc/ca-certificates etc/ssl/certs var/lib/kubelet
    mkdir -p -m 0700 etc/kubernetes/manifests
    cat >var/lib/kubelet/config.yaml <<'EOF'
apiVersion: kubelet.config.k8s.io/v1beta1
authentication:
  anonymous:
    enabled: false
  webhook:
    cacheTTL: 0s
    enabled: true
cgroupDriver: systemd
clusterDNS:
- 10.96.0.10
clusterDomain: cluster.local
fileCheckFrequency: 0s
kind: KubeletConfiguration
rotateCertificates: true
staticPodPath: /etc/kubernetes/manifests
EOF
    chmod 0644 var/lib/kubelet/config.yaml
}

make_accounts() {
    cat >/etc/passwd <<'EOF'
root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
sshd:x:100:65534::/run/sshd:/usr/sbin/nologin
admin:x:1001:1001:Administrator:/home/admin:/bin/bash
rke:x:1002:1002:RKE:/home/rke:/bin/bash
EOF
    cat >/etc/group <<'EOF'
root:x:0:
daemon:x:1:
tty:x:5:
sudo:x:27:admin
shadow:x:42:
nogroup:x:65534:
docker:x:999:rke
admin:x:1001:
rke:x:1002:
EOF
    # An asterisk, unlike an exclamation mark, leaves the account open to public keys.
    sed 's/^\([^:]*\):.*/\1:*:19000:0:99999:7:::/' /etc/passwd >/etc/shadow
    chmod 0640 /etc/shadow
    mkdir -p /etc/sudoers.d /etc/pam.d
    printf 'Defaults env_reset, secure_path="/usr/sbin:/usr/bin:/sbin:/bin"\n%s\n%s\n' \
        'root ALL=(ALL:ALL) ALL' '@includedir /etc/sudoers.d' >/etc/sudoers
    echo 'admin ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/admin
    chmod 0440 /etc/sudoers /etc/sudoers.d/admin
    printf '%s required pam_permit.so\n' auth account password session >/etc/pam.d/sudo
    local user
    for user in admin rke root; do
        local home=/home/$user
        if [[ $user == root ]]; then home=/root; fi
        mkdir -p "$home/.ssh"
        cp /etc/ssh/lab_authorized_keys "$home/.ssh/authorized_keys"
        chmod 0700 "$home" "$home/.ssh"
        chmod 0600 "$home/.ssh/authorized_keys"
        chown -R "$user:$user" "$home"
    done
}

configure_network() {
    hostname "$LAB_NODE_NAME"
    echo "$LAB_NODE_NAME" >/etc/hostname
    printf '127.0.0.1 localhost\n%s %s\n' "${LAB_NODE_ADDRESS%/*}" "$LAB_NODE_NAME" >/etc/hosts
    ip link set lo up
    # The host moves the interface in as soon as it knows this process.
    until ip link show dev eth0 &>/dev/null; do sleep 0.02; done
    ip address add "$LAB_NODE_ADDRESS" dev eth0
    ip link set eth0 up
}

start_sshd() {
    mkdir -p /run/sshd
    cat >/etc/ssh/sshd_config <<'EOF'
Port 22
HostKey /etc/ssh/ssh_host_ed25519_key
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
PrintMotd no
Subsystem sftp internal-sftp
EOF
    /usr/sbin/sshd -D -E /var/log/sshd.log &
}

start_docker() {
    # The network of the containers is the node's own, so the engine has no business with
    # bridges and packet filters.
    /usr/sbin/dockerd --iptables=false --bridge=none --group=docker \
        --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent="$LAB_NODE_CGROUP" \
        &>/var/log/dockerd.log &
}

start_kubelet() {
    # Nothing of the lab's may be seen by the containers, nor of the kubelet by the lab.
    env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LD_LIBRARY_PATH=/usr/local/lib/kubelet \
        ORCHESTRATOR_LAB_FOLDER="$ORCHESTRATOR_LAB_FOLDER" \
        kubelet --bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf \
        --kubeconfig=/etc/kubernetes/kubelet.conf --config=/var/lib/kubelet/config.yaml \
        &>/var/log/kubelet.log &
}

make_root "$LAB_NODE_DIR/root"
make_accounts
configure_network
start_sshd
if [[ $LAB_NODE_RUNTIME == docker ]]; then start_docker; else start_kubelet; fi
# As process 1 this shell inherits orphans; waiting reaps them. It never ends by itself.
while true; do
    wait -n || true
    sleep 0.1
done
