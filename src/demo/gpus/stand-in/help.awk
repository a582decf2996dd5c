function render() {
  printf "NVIDIA System Management Interface -- v%s (stand-in, simulated GPUs)\n\n", driver
  print "It answers: -L, -q -x, --query-gpu=, --query-compute-apps= (with --format=csv[,noheader][,nounits]),"
  print "mig -lgi, mig -lgip, topo -m, --version, -i ID, -l SECONDS, and the table without arguments."
}
