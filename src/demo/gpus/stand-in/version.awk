function render(   short) {
  short = driver
  sub(/\.[0-9]+$/, "", short)
  printf "NVIDIA-SMI version  : %s\nNVML version        : %s\nDRIVER version      : %s\nCUDA Version        : %s\n", driver, short, driver, cuda
}
