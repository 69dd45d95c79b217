// One step of the sampling schedule (samplingSchedule in src/model/maskgit_decoder.ts).

struct Step {
  temperature: f32,
  choice_noise: f32, // choice_temperature · (1 - (s+1)/n)
  guidance: f32,
  masked_after: u32, // how many positions stay masked
}
