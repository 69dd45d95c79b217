// One step of the sampling schedule (samplingSchedule in src/model/maskgit_decoder.ts).

struct Step {
  temperature: f32,
  choice_noise: f32, // scale of the noise, choice_temperature · (1 - (s+1)/n); in sample_frames that of the draw, 1 or 0
  guidance: f32,
  masked_after: u32, // how many positions stay masked, at most
  log_threshold: f32, // a candidate whose log-probability reaches it is unmasked in any case
}

const UNMASKED = 3.4e38; // the confidence of a position whose token is known
const CERTAIN = 3.3e38; // the confidence of such a candidate
