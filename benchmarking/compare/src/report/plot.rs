// SPDX-License-Identifier: Apache-2.0
//! Plots: groups of bars on a logarithmic scale, as SVG.

use std::path::Path;

use plotters::{
    coord::Shift,
    prelude::{
        ChartBuilder, DrawingArea, IntoDrawingArea, IntoFont, IntoLogRange, Rectangle, SVGBackend, WHITE,
    },
    series::LineSeries,
    style::{Color, Palette, Palette99, BLACK},
};

const SIZE: (u32, u32) = (1400, 620);

/// A plot: for each group (a workload) one bar for each series (a back end).
pub(crate) struct Plot {
    /// Name of the file, without its ending.
    pub(crate) name: &'static str,
    /// Heading.
    pub(crate) title: String,
    /// What the height of a bar is.
    pub(crate) unit: String,
    /// The groups.
    pub(crate) groups: Vec<String>,
    /// Name and heights of each series; `None` for no bar.
    pub(crate) series: Vec<(String, Vec<Option<f64>>)>,
}

impl Plot {
    /// Writes it to a file.
    pub(crate) fn draw(&self, path: &Path) -> Result<(), String> {
        let area = SVGBackend::new(path, SIZE).into_drawing_area();
        self.draw_on(&area).map_err(|error| format!("cannot draw {}: {error}", path.display()))
    }

    fn draw_on(
        &self,
        area: &DrawingArea<SVGBackend<'_>, Shift>,
    ) -> Result<(), Box<dyn std::error::Error + '_>> {
        let heights = || self.series.iter().flat_map(|(_, heights)| heights.iter().flatten().copied());
        let lowest = heights().fold(f64::INFINITY, f64::min).min(1.0) * 0.8;
        let highest = heights().fold(0.0, f64::max).max(1.0) * 1.25;
        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(area)
            .caption(&self.title, ("sans-serif", 22).into_font())
            .margin(12)
            .x_label_area_size(34)
            .y_label_area_size(60)
            .build_cartesian_2d(0.0..self.groups.len() as f64, (lowest..highest).log_scale())?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .x_labels(self.groups.len() + 1)
            .x_label_formatter(&|x| self.label(*x))
            .y_desc(&self.unit)
            .draw()?;
        let width = 0.86 / self.series.len().max(1) as f64;
        for (index, (name, heights)) in self.series.iter().enumerate() {
            let color = Palette99::pick(index).to_rgba();
            let bars = heights.iter().enumerate().filter_map(|(group, height)| {
                let left = group as f64 + 0.07 + width * index as f64;
                Some(Rectangle::new([(left, lowest), (left + width * 0.92, (*height)?)], color.filled()))
            });
            chart
                .draw_series(bars)?
                .label(name)
                .legend(move |(x, y)| Rectangle::new([(x, y - 5), (x + 12, y + 5)], color.filled()));
        }
        chart.draw_series(LineSeries::new([(0.0, 1.0), (self.groups.len() as f64, 1.0)], BLACK))?;
        chart.configure_series_labels().background_style(WHITE.mix(0.8)).border_style(BLACK).draw()?;
        area.present()?;
        Ok(())
    }

    /// The group whose bars begin at a place on the axis.
    fn label(&self, x: f64) -> String {
        self.groups
            .get(x.round() as usize)
            .filter(|_| (x - x.round()).abs() < 0.01)
            .cloned()
            .unwrap_or_default()
    }
}
