function render(   n, k, s) {
  for (n = 1; n <= gpuCount; n++) {
    printf "GPU %s: %s (UUID: %s)\n", shown[n], name[gpu[n]], uuid[gpu[n]]
    for (k = 1; k <= slices[n]; k++) {
      s = slice[n, k]
      printf "  MIG %-11s Device %2d: (UUID: %s)\n", profile[s], k - 1, sliceUuid[s]
    }
  }
}
