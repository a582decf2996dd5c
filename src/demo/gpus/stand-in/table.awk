# What a person sees who types nvidia-smi.
function render(   n) {
  rule = "+-----------------------------------------+------------------------+----------------------+"
  wide = "+-----------------------------------------------------------------------------------------+"
  printf "%s       \n%s\n", longTime, wide
  printf "| NVIDIA-SMI %-22s Driver Version: %-14s CUDA Version: %-9s|\n", driver, driver, cuda
  print "|-----------------------------------------+------------------------+----------------------+"
  print "| GPU  Name                 Persistence-M | Bus-Id          Disp.A | Volatile Uncorr. ECC |"
  print "| Fan  Temp   Perf          Pwr:Usage/Cap |           Memory-Usage | GPU-Util  Compute M. |"
  print "|                                         |                        |               MIG M. |"
  print "|=========================================+========================+======================|"
  for (n = 1; n <= gpuCount; n++) gpuLines(n, gpu[n])
  print ""
  sliceLines()
  print wide
  print "| Processes:                                                                              |"
  print "|  GPU   GI   CI        PID   Type   Process name                              GPU Memory |"
  print "|        ID   ID                                                               Usage      |"
  print "|=========================================================================================|"
  if (!processLines()) print "|  No running processes found                                                             |"
  print wide
}

function gpuLines(n, a) {
  printf "| %3d  %-26s     On  |   %16s Off | %20s |\n", shown[n], substr(name[a], 1, 26), bus[a], mig[a] ? "On" : 0
  printf "| N/A %4dC    P0 %14dW / %4dW |%8dMiB / %6dMiB |%8s      Default |\n", temperature[n], power[n], watts[a], memoryUsed[n], memory[a], mig[a] ? "N/A" : int(use[n]) "%"
  printf "|                                         |                        | %20s |\n%s\n", mig[a] ? "Enabled" : "Disabled", rule
}

function sliceLines(   n, k, s, any, line) {
  line = "+------------------+----------------------------------+-----------+-----------------------+"
  for (n = 1; n <= gpuCount; n++) {
    for (k = 1; k <= slices[n]; k++) {
      s = slice[n, k]
      if (!any++) {
        print wide
        print "| MIG devices:                                                                            |"
        print line
        print "| GPU  GI  CI  MIG |                     Memory-Usage |        Vol|        Shared         |"
        print "|      ID  ID  Dev |                       BAR1-Usage | SM     Unc| CE ENC  DEC  OFA  JPG |"
        print "|                  |                                  |        ECC|                       |"
        print "|==================+==================================+===========+=======================|"
      }
      printf "| %2d  %3d %3d %3d  | %15dMiB / %5dMiB    | %2d      0 | %2d   0  %3d    0    0 |\n", shown[n], sliceGi[s], sliceCi[s], k - 1, sliceUsed[s], sliceMemory[s], sms[s], copyEngines[s], decoders[s]
      printf "|                  | %15dMiB / %5dMiB    |           |                       |\n%s\n", 0, int(65536 * sliceMemory[s] / 40960), line
    }
  }
  if (any) print ""
}

function processLines(   n, p, s, gi, ci, any) {
  for (n = 1; n <= gpuCount; n++) {
    for (p = 1; p <= processCount; p++) {
      gi = processDevice[p] == uuid[gpu[n]] ? "N/A" : ""
      ci = gi
      for (s = 1; s <= sliceCount; s++) if (sliceGpu[s] == gpu[n] && sliceUuid[s] == processDevice[p]) { gi = sliceGi[s]; ci = sliceCi[s] }
      if (gi == "") continue
      any = 1
      printf "| %4d  %4s %4s  %9d      C   %-38s  %8dMiB |\n", shown[n], gi, ci, processPid[p], substr(processName[p], 1, 38), processMib[p]
    }
  }
  return any
}
