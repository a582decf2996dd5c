function render(   n, m) {
  printf "\t\033[4m"
  for (n = 1; n <= gpuCount; n++) printf "GPU%s\t", shown[n]
  printf "CPU Affinity\tNUMA Affinity\tGPU NUMA ID\033[0m\n"
  for (n = 1; n <= gpuCount; n++) {
    printf "GPU%s", shown[n]
    for (m = 1; m <= gpuCount; m++) printf "\t%s", n == m ? " X " : linkOf(index_[gpu[n]], index_[gpu[m]])
    printf "\t%s\t%s\t\tN/A\n", cores[gpu[n]], numa[gpu[n]]
  }
  print "\nLegend:\n\n  X    = Self"
  print "  SYS  = Connection traversing PCIe as well as the SMP interconnect between NUMA nodes (e.g., QPI/UPI)"
  print "  NODE = Connection traversing PCIe as well as the interconnect between PCIe Host Bridges within a NUMA node"
  print "  PHB  = Connection traversing PCIe as well as a PCIe Host Bridge (typically the CPU)"
  print "  PXB  = Connection traversing multiple PCIe bridges (without traversing the PCIe Host Bridge)"
  print "  PIX  = Connection traversing at most a single PCIe bridge"
  print "  NV#  = Connection traversing a bonded set of # NVLinks"
}

function linkOf(a, b) { return (a, b) in link ? link[a, b] : "SYS" }
