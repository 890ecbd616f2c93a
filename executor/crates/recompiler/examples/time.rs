use revive_vm_primitives::*;
use revive_vm_recompiler::*;
use std::time::Instant;
fn main() {
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path).unwrap();
        let blob = Blob::parse(&bytes).unwrap();
        let code = blob.code();
        let n = code.instructions().count();
        for (name, gas) in [("flat", Some(GasModel::Flat)), ("none", None)] {
            let config =
                Config { gas, flavour: Flavour::Fast, step_tracing: false, features: Features::detect() };
            let mut best = u128::MAX;
            let mut size = 0;
            for _ in 0..300 {
                let t = Instant::now();
                let c = Compiled::new(&code, &config).unwrap();
                best = best.min(t.elapsed().as_nanos());
                size = c.code().len();
            }
            let mut bd = u128::MAX;
            for _ in 0..100 {
                let t = Instant::now();
                let mut x = 0;
                let mut o = 0;
                while o < code.len() {
                    let d = code.decode(o);
                    x += d.next;
                    o = d.next.max(o + 1);
                }
                std::hint::black_box(x);
                bd = bd.min(t.elapsed().as_nanos());
            }
            println!("{path} {name}: code {} bytes, {n} instr, {} us, {:.1} ns/instr (decode {:.1}), {size} native", code.len(), best/1000, best as f64/n as f64, bd as f64/n as f64);
        }
    }
}
