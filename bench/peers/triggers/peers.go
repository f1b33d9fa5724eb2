// peers.go: robfig/cron, as README.md says.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/robfig/cron"
)

type query struct {
	Op         string
	Expression string
	Zone       string
	After, To  int64 // milliseconds since 1970
	N, Rounds  int
	Seconds    float64
}

type walked struct {
	Ns    float64 `json:"ns"`
	Count int     `json:"count"`
}

func cpuTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func walk(fires cron.Schedule, zone *time.Location, q query) walked {
	start := time.UnixMilli(q.After).In(zone)
	end := time.UnixMilli(q.To)
	limit := time.Duration(q.Seconds * float64(time.Second))
	begin := cpuTime()
	last := start
	for count := 0; ; {
		for i := 0; i < 256; i++ {
			last = fires.Next(last)
			count++
			if last.IsZero() || !last.Before(end) {
				last = start
			}
		}
		if used := cpuTime() - begin; used >= limit {
			return walked{float64(used.Nanoseconds()) / float64(count), count}
		}
	}
}

func answer(q query) (any, error) {
	if q.Op == "version" {
		return map[string]string{"version": os.Getenv("PEER_VERSION")}, nil
	}
	zone, err := time.LoadLocation(q.Zone)
	if err != nil {
		return nil, err
	}
	fires, err := cron.ParseStandard(q.Expression)
	if err != nil {
		return nil, err
	}
	if q.Op == "measure" {
		best := walk(fires, zone, q)
		for i := 1; i < q.Rounds; i++ {
			if round := walk(fires, zone, q); round.Ns < best.Ns {
				best = round
			}
		}
		return best, nil
	}
	times := []int64{}
	for last := fires.Next(time.UnixMilli(q.After).In(zone)); len(times) < q.N && !last.IsZero(); last = fires.Next(last) {
		times = append(times, last.UnixMilli())
	}
	return map[string][]int64{"times": times}, nil
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		var q query
		err := json.Unmarshal(in.Bytes(), &q)
		var said any
		if err == nil {
			said, err = answer(q)
		}
		if err != nil {
			said = map[string]string{"error": fmt.Sprint(err)}
		}
		if err := out.Encode(said); err != nil {
			panic(err)
		}
	}
}
