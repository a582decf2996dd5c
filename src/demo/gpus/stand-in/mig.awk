function render() {
  if (ENVIRON["SMI_SUB"] == "instances") instances()
  else profiles()
}

function instances(   n, k, s, any, line) {
  line = "+-------------------------------------------------------+"
  for (n = 1; n <= gpuCount; n++) {
    for (k = 1; k <= slices[n]; k++) {
      s = slice[n, k]
      if (!any++) {
        print line
        print "| GPU instances:                                        |"
        print "| GPU   Name             Profile  Instance   Placement  |"
        print "|                          ID       ID       Start:Size |"
        print "|=======================================================|"
      }
      printf "| %3d  MIG %-15s %3d     %4d        %6s   |\n%s\n", shown[n], profile[s], profileId[s], sliceGi[s], placement[s], line
    }
  }
  if (!any) { print "No GPU instances found: Not Found"; exit 6 }
}

function profiles(   n, p, any, line) {
  line = "+-----------------------------------------------------------------------------+"
  for (n = 1; n <= gpuCount; n++) {
    if (!mig[gpu[n]]) continue
    for (p = 1; p <= profileCount; p++) {
      if (index(name[gpu[n]], pModel[p]) == 0) continue
      if (!any++) {
        print line
        print "| GPU instance profiles:                                                      |"
        print "| GPU   Name             ID    Instances   Memory     P2P    SM    DEC   ENC  |"
        print "|                              Free/Total   GiB              CE    JPEG  OFA  |"
        print "|=============================================================================|"
      }
      printf "| %3d  MIG %-13s %3d   %3d/%-3d    %6.2f      No    %3d   %3d     0   |\n", shown[n], pName[p], pId[p], free(n, p), pMax[p], pGib[p], pSm[p], pDec[p]
      printf "|                                                           %3d   %3d   %3d   |\n%s\n", pCe[p], pMedia[p], pMedia[p], line
    }
  }
  if (!any) { print "No MIG-enabled devices found."; exit 6 }
}

# How many instances of a profile still fit beside those that are there.
function free(n, p,   s, parts, u, used, places, count, i, fits, answer) {
  for (s = 1; s <= sliceCount; s++) {
    if (sliceGpu[s] != gpu[n]) continue
    split(placement[s], parts, ":")
    for (u = parts[1]; u < parts[1] + parts[2]; u++) used[u + 0] = 1
  }
  count = split(pPlaces[p], places, ",")
  for (i = 1; i <= count; i++) {
    fits = 1
    for (u = places[i]; u < places[i] + pSize[p]; u++) if (u + 0 in used) fits = 0
    answer += fits
  }
  return answer > pMax[p] ? pMax[p] : answer + 0
}
